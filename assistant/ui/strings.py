"""Our own words on the page, in both languages. Gradio translates its own by itself."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]

STRINGS: dict[str, tuple[str, str]] = {
    # the page
    "welcome": ("What would you like to look at?", "想研究什么？"),
    "tagline": ("Tools compute on this machine; nothing leaves it.", "工具在本机计算，数据不会离开这台机器。"),
    "input": ("Ask about a molecule …", "问一个分子的问题……"),
    "hint": ("Enter sends · Shift+Enter new line · Esc stops", "Enter 发送 · Shift+Enter 换行 · Esc 停止"),
    "send": ("Send", "发送"),
    "stop_button": ("Stop", "停止"),
    "new_chat": ("New chat", "新对话"),
    "thinking_switch": ("Think first", "先思考"),
    "chat_log": ("Conversation", "对话"),
    "theme": ("Light or dark", "浅色或深色"),
    "model_loading": ("loading the model", "正在加载模型"),
    "model_ready": ("ready", "已就绪"),
    "model_gone": ("not reachable", "无法连接"),
    # one answer
    "reading": ("Reading", "正在阅读"),
    "thinking": ("Thinking", "正在思考"),
    "thought": ("Thought for {seconds} s", "思考了 {seconds} 秒"),
    "running": ("Running {tool}", "正在运行 {tool}"),
    "answering": ("Answering", "正在回答"),
    "first_token": ("first token", "首个 token"),
    "stop": ("stop", "结束"),
    "length": ("cut at the length limit", "达到长度上限"),
    "stopped": ("stopped", "已停止"),
    "tool_limit": ("tool limit reached", "工具调用已达上限"),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "copy_failed": ("Copying failed", "复制失败"),
    "retry": ("Retry", "重试"),
    "edit": ("Edit question", "修改问题"),
    # a figure
    "in_3d": ("in 3D", "三维显示"),
    "building_3d": ("Building the 3D structure …", "正在生成三维结构……"),
    "no_3d": ("The 3D structure could not be loaded.", "无法加载三维结构。"),
    "no_webgl": ("This browser cannot draw 3D (WebGL is off).", "此浏览器无法显示三维图形（WebGL 未启用）。"),
    "no_picture": ("The picture could not be loaded.", "无法加载图片。"),
    "style": ("Style", "样式"),
    "spin": ("Spin", "旋转"),
    "touch": ("Tap to rotate", "点按后可旋转"),
    "copy_smiles": ("Copy SMILES", "复制 SMILES"),
    "download": ("Download", "下载"),
    # refusals
    "empty": ("The message is empty. Type a question.", "消息为空，请输入问题。"),
    "too_long": (
        "The message is {length:,} characters long and at most {limit:,} are read. Shorten it.",
        "消息长 {length:,} 个字符，最多读取 {limit:,} 个。请缩短。",
    ),
    "run_too_long": (
        "The message holds a molecule or sequence of {length:,} characters; this model copies at most {limit:,} "
        "without a mistake. Give a shorter one, or its name.",
        "消息中有一个长 {length:,} 个字符的分子或序列；此模型最多能准确复制 {limit:,} 个。请给出更短的，或它的名称。",
    ),
    "half_character": (
        "Character {length:,} of the message is broken. Type it again.",
        "消息的第 {length:,} 个字符不完整，请重新输入。",
    ),
    "still_loading": (
        "The model is still loading. Your text stays in the box; send it when the model is ready.",
        "模型仍在加载。您的文字会保留，请在模型就绪后发送。",
    ),
    "forgotten": (
        "This chat was forgotten after a long pause. A new one has begun.",
        "此对话因长时间未使用已被清除，现已开始新的对话。",
    ),
    "foreign": ("This chat belongs to another browser. Reload the page.", "此对话属于另一个浏览器，请重新加载页面。"),
    "internal": (
        "The answer ended in an internal error (see the server log). Try again.",
        "回答因内部错误而结束（详见服务器日志）。请重试。",
    ),
}

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Draw caffeine, CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "Show ibuprofen in 3D: CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "Look up aspirin and tell me its molecular weight.",
        "Calculate 8.314*298.15/1000",
    ),
    "zh": (
        "画出咖啡因的结构：CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
        "用三维显示布洛芬：CC(C)Cc1ccc(cc1)C(C)C(=O)O",
        "查一下阿司匹林，它的分子量是多少？",
        "计算 8.314*298.15/1000",
    ),
}


class Words:
    """The strings of one language: words("thought", seconds="1.2")."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = 1 if language == "zh" else 0

    def __call__(self, key: str, **values: object) -> str:
        return STRINGS[key][self._column].format(**values)

    def several(self, *keys: str) -> dict[str, str]:
        return {key: self(key) for key in keys}


def preferred_language(headers: Mapping[str, str]) -> Language:
    """The browser's first choice, as far as we have it."""
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"
