"""What an answer is waiting for, and what it took. {tok} and the like stay as they are in both languages."""

TEXTS: dict[str, tuple[str, str]] = {
    # the status line
    "decoding_video": ("Decoding {name}", "正在解码 {name}"),
    "frames": ("{done}/{total} frames", "{done}/{total} 帧"),
    "queued": ("Queued", "正在排队"),
    "place": ("{place}", "第 {place} 位"),
    "encoding": ("Encoding {what}", "正在编码 {what}"),
    "attachments": ("attachments", "附件"),
    "reading_prompt": ("Reading the prompt", "正在阅读提示"),
    "writing": ("Writing", "正在书写"),
    "tokens_at": ("{tokens} tok at {speed} tok/s", "{tokens} tok，{speed} tok/s"),
    "tokens_so_far": ("{tokens} tok", "{tokens} tok"),
    "speed": ("{speed} tok/s", "{speed} tok/s"),
    # the footer
    "cached_share": ("{share} % of the prompt cached", "提示的 {share} % 来自缓存"),
    "stopped_and_free": ("stopped in {seconds} s, slot free", "{seconds} 秒内停止，位置已空出"),
    "context": ("context {share} %", "上下文 {share} %"),
    "context_in_words": (
        "{tokens} of the {limit} tokens that this model can hold in one conversation are used: {share} %",
        "本对话已用 {tokens} 个 token，模型最多容纳 {limit} 个：{share} %",
    ),
    "context_is_tight": (
        "The conversation fills {share} % of what this model can hold. Begin a new chat before it is full, "
        "or take back a long question.",
        "对话已占模型容量的 {share} %。请在占满之前新建对话，或撤回较长的问题。",
    ),
    # the seconds of each stage
    "stages": ("Times", "用时"),
    "stage_files": ("reading files", "读取文件"),
    "stage_queue": ("in the queue", "排队"),
    "stage_encode": ("encoding media", "编码媒体"),
    "stage_prompt": ("reading the prompt", "阅读提示"),
    "stage_writing": ("writing", "书写"),
    "stage_thinking": ("of that, thinking", "其中思考"),
    "stage_tools": ("tools", "工具"),
    "stage_all": ("all together", "总计"),
}
