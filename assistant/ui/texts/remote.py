"""An engine on another machine: its state, and in Chinese what goes wrong with it."""

from assistant.remote.errors import SENTENCES

TEXTS: dict[str, tuple[str, str]] = {"model_unreachable": ("does not answer", "没有应答")}

_CHINESE: dict[str, str] = {
    "unreachable": "无法连接 {server}（{reason}）。请确认它正在运行，或用其他 --engine-url 启动 Benchside。",
    "connect_timeout": "{server} 在 {seconds} 秒内没有接受连接。请确认它正在运行，并且可以从这里访问。",
    "silent": "{server} 接受了连接，但 {seconds} 秒内没有应答。它可能正忙于其他问题。",
    "first_token_timeout": "{server} 收到了问题，但 {seconds} 秒内没有任何回答。请在它不忙时重试。",
    "idle_timeout": "{server} 在回答中途停止，{seconds} 秒内没有发送任何内容。请重试。",
    "broke_off": "与 {server} 的连接在回答结束前中断。请重试。",
    "key_refused": (
        "{server} 拒绝了密钥（HTTP {status}）。请用正确的密钥启动 Benchside：--engine-key，或环境变量 "
        "BENCHSIDE_ENGINE_KEY。"
    ),
    "not_found": "{server} 在此地址没有模型 {model}（HTTP 404）。请检查 --engine-url 和 --engine-model。",
    "busy": "{server} 现在不再接受问题（HTTP 429）。请在 {seconds} 秒后重试。",
    "failed": "{server} 出错（HTTP {status}）：{detail}。请重试；它的日志可能有更多信息。",
    "failed_midway": "{server} 在回答中途报告错误：{detail}。请重试。",
    "refused": "{server} 拒绝了问题（HTTP {status}）：{detail}。请修改问题或设置后重试。",
    "not_a_model_server": (
        "{server} 返回了 {content_type}（HTTP {status}），不是模型服务器的应答。--engine-url 必须指向兼容 OpenAI 的"
        "服务器，中间不能有登录页面或代理。"
    ),
    "unreadable": "{server} 发送了不属于回答的内容：{detail}。请重试；它的日志可能有更多信息。",
    "event_too_long": "{server} 发送的一个事件超过 {limit} 字节，回答在此截断。请重试。",
    "answer_too_long": "{server} 发送的回答超过 {limit} 个字符，在此截断。请缩小问题范围。",
    "no_models": "{server} 没有列出任何模型。请用 --engine-model 指定。",
    "other_models": "{server} 没有模型 {model}，现有：{models}。请用 --engine-model 选择其中之一。",
}
REMOTE: dict[str, str] = {english: _CHINESE[code] for code, english in SENTENCES.items()}
