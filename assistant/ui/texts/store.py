"""What is kept, and what became of it."""

TEXTS: dict[str, tuple[str, str]] = {
    "turn_broken": (
        "The server ended in the middle of this answer; what it had written is above. Try again.",
        "服务器在回答中途停止，已写出的部分见上。请重试。",
    ),
    "session_full": (
        "{name} does not fit: the files of your conversations may take {share} together. Delete a conversation, or go "
        "on without the file.",
        "{name} 放不下：您的对话文件总共最多占用 {share}。请删除一些对话，或不带此文件继续。",
    ),
    "go_on_question": ("Go on where you stopped.", "请从中断处继续。"),
}
