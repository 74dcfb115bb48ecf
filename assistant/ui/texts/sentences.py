"""Chinese for the sentences that errors and readers of files carry in English, by their English form.

{n:,} stands for a number, {name} for anything, (s) for an s or none. What stands for a word of ours is looked up in
WORDS. Errors are raised in English, in whichever process they happen; logs and the HTTP API show them as they are.
"""

WORDS: dict[str, str] = {
    "picture": "图片",
    "pictures": "图片",
    "a picture": "图片",
    "video": "视频",
    "videos": "视频",
    "a video": "视频",
    "signals": "信号",
    "series of numbers": "数值序列",
    "a series of numbers": "数值序列",
    "nothing that can be read": "无法识别的内容",
    "frame": "帧",
    "file of molecules": "分子文件",
    "file of sequences": "序列文件",
    "structure file": "结构文件",
    "CIF file": "CIF 文件",
    "text file": "文本文件",
    "lines": "行",
    "molecules": "个分子",
}

# What the page's first line says while the model is being made ready.
LOADING: dict[str, str] = {
    "reading the weights": "正在读取权重",
    "starting the tools": "正在启动工具",
    "downloading {model} {n:,}%": "正在下载 {model}，{n}%",
    "unpacking {model} {n:,}%": "正在解包 {model}，{n}%",
    "merging the adapters {n:,}%": "正在合并适配器，{n}%",
}

# What the server says to a request that it does not serve.
DOOR: dict[str, str] = {
    "This address is not served here. Whoever runs Benchside can allow it with --allowed-hosts.": (
        "此地址不在服务范围内。Benchside 的管理者可用 --allowed-hosts 允许它。"
    ),
    "There is nothing here.": "这里没有内容。",
    "Requests from other sites are refused.": "拒绝来自其他网站的请求。",
    "Log in first.": "请先登录。",
    "The range asked for is not one range of bytes.": "请求的范围不是一段字节。",
    "The request does not say how long it is.": "请求没有说明其长度。",
    "The request is larger than {n:,} bytes.": "请求超过 {n} 字节。",
    "The request came too slowly. Send it again over a faster connection.": "请求传输太慢。请换更快的连接后重试。",
    "The request is not JSON.": "请求不是 JSON。",
    "The request is not a call.": "请求不是一次调用。",
    "There is no such call.": "没有这个调用。",
    "The request does not say which page it is from.": "请求没有说明来自哪个页面。",
    "This page belongs to another browser.": "此页面属于另一个浏览器。",
    "Open the page first: only who has it open may look at the engine.": "请先打开页面：只有打开页面的人才能查看引擎。",
    "The model is still loading. Look again in a moment.": "模型仍在加载，请稍后再看。",
}

# A turn that could not be answered.
ENGINE: dict[str, str] = {
    "The conversation is {n:,} tokens long and this model reads at most {limit:,}. "
    "Start a new chat or shorten the message.": (
        "对话共 {n} 个 token，此模型最多读取 {limit} 个。请开始新对话或缩短消息。"
    ),
    "{n} requests are waiting and at most {limit} may. Try again in a moment.": (
        "已有 {n} 个请求在排队，最多允许 {limit} 个。请稍后再试。"
    ),
    "Prompts of {waiting:,} tokens are waiting; with the {n:,} of this one it would be more than {limit:,}. "
    "Try again in a moment.": ("排队中的提示已有 {waiting} 个 token，加上本次的 {n} 个将超过 {limit} 个。请稍后再试。"),
    "The model was shut down.": "模型已关闭。",
    "The model is being shut down and takes no new questions. Ask again when it is back.": (
        "模型正在关闭，不再接受新问题。请在恢复后再问。"
    ),
    "The model was shut down before this answer was complete. Ask again when it is back.": (
        "模型在回答完成前已关闭。请在恢复后再问。"
    ),
    "The model stopped after an internal error (see the server log). Restart the app.": (
        "模型因内部错误停止（详见服务器日志）。请重启应用。"
    ),
    "The model failed while it worked on this answer (see the server log). Try again.": (
        "模型在生成此回答时出错（详见服务器日志）。请重试。"
    ),
    "The model failed while it looked at what is attached (see the server log). Try again without it.": (
        "模型在读取附件时出错（详见服务器日志）。请移除附件后重试。"
    ),
    "Nobody watches the ranks any more (see the server log). Restart the app.": (
        "模型的工作进程已无人看管（详见服务器日志）。请重启应用。"
    ),
    "The model cannot be loaded: {reason} (see the server log).": "无法加载模型：{reason}（详见服务器日志）。",
    "The model was stopped: ranks were lost {n} times within {window} s, the last time because {reason} "
    "(see the server log). Restart the app.": (
        "模型已停止：{window} 秒内有 {n} 次失去工作进程，最后一次的原因是 {reason}（详见服务器日志）。请重启应用。"
    ),
    "The prompt is empty; it must hold at least one token.": "提示为空，至少需要一个 token。",
    "Character {n} of the text is half a character. Remove it.": "文本的第 {n} 个字符不完整，请删除它。",
    "This model's vocabulary has no {token}, so it reads text only.": "此模型的词表中没有 {token}，因此只能读取文本。",
    "{model} reads text only; remove the attachments.": "{model} 只能读取文本，请移除附件。",
    "The chat template of {model} refuses this conversation: {reason}.": "{model} 的对话模板不接受此对话：{reason}。",
    "Intern-S1 does not read signals; Intern-S1-Pro does.": "Intern-S1 不能读取信号，Intern-S1-Pro 可以。",
    "The prompt has {n:,} placeholder tokens more than its attachments take.": (
        "提示中的占位 token 比附件所需的多 {n} 个。"
    ),
    "This model does not read {what}.": "此模型不能读取{what}。",
    "The prompt has {left:,} placeholder tokens left for attachment {n}, which takes {needed:,}.": (
        "提示只为第 {n} 个附件留下 {left} 个占位 token，而它需要 {needed} 个。"
    ),
    "This model cannot read {what}. Remove the attachment.": "此模型不能读取{what}，请移除附件。",
    "The signal has {n:,} samples and this model needs more than {limit:,} at its sampling rate. "
    "Send a longer piece.": ("信号有 {n} 个采样点，在其采样率下此模型需要多于 {limit} 个。请发送更长的片段。"),
    # said by the agent
    "I have used the {n} tool calls that one answer may take. Ask for the rest in another message.": (
        "我已用完一次回答允许的 {n} 次工具调用。其余的请在下一条消息中提出。"
    ),
    "The model wrote tool calls that cannot be read. Ask again in other words.": (
        "模型写出的工具调用无法解析。请换一种说法再问。"
    ),
    "The model ended its answer without a word. Ask again in other words.": "模型没有给出任何回答。请换一种说法再问。",
    "The answer ended in an internal error (see the server log). Try again.": (
        "回答因内部错误而结束（详见服务器日志）。请重试。"
    ),
}
