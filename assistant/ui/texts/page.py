"""The page around the chat."""

TEXTS: dict[str, tuple[str, str]] = {
    "welcome": ("What would you like to look at?", "想研究什么？"),
    "tagline": ("Tools compute on this machine; nothing leaves it.", "工具在本机计算，数据不会离开这台机器。"),
    "input": ("Ask, or attach a file …", "提问，或添加文件……"),
    "hint": ("Enter sends · Shift+Enter new line · Esc stops", "Enter 发送 · Shift+Enter 换行 · Esc 停止"),
    "send": ("Send", "发送"),
    "stop_button": ("Stop", "停止"),
    "new_chat": ("New chat", "新对话"),
    "thinking_switch": ("Think first", "先思考"),
    "chat_log": ("Conversation", "对话"),
    "theme": ("Light or dark", "浅色或深色"),
}
