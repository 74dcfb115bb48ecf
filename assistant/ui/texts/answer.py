"""One answer, and the check of it."""

TEXTS: dict[str, tuple[str, str]] = {
    # one answer
    "reading": ("Reading", "正在阅读"),
    "reading_file": ("Reading {name} …", "正在读取 {name} ……"),
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
    # the check of an answer
    "one_number_grounded": ("1 number grounded", "1 个数字有出处"),
    "numbers_grounded": ("{number} numbers grounded", "{number} 个数字均有出处"),
    "numbers_unknown": (
        "{unknown} of {number} numbers not from a tool",
        "{number} 个数字中有 {unknown} 个不是来自工具",
    ),
    "number_grounded": ("in a tool's result or the question", "见于工具结果或问题"),
    "number_recomputed": ("recomputed: {how}", "可重新算得：{how}"),
    "number_unknown": ("not from a tool", "不是来自工具"),
    "draw_molecule": ("Draw {smiles}", "画出 {smiles}"),
    "not_a_molecule": ("Not a valid structure", "不是有效的结构"),
}
