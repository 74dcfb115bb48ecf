"""Files that people attach."""

TEXTS: dict[str, tuple[str, str]] = {
    "attach": ("Attach", "添加文件"),
    "attached_files": ("Attached files", "已添加的文件"),
    "drop_here": ("Drop files to attach them", "松开以添加文件"),
    "remove_file": ("Remove {name}", "移除 {name}"),
    "sampling_rate": ("Sampling rate", "采样率"),
    "sampling_rate_of": ("Sampling rate of {name} in Hz", "{name} 的采样率（Hz）"),
    "rate_needed": (
        "{name} does not say its sampling rate. Give it in Hz, or choose “No rate”.",
        "{name} 没有注明采样率。请以 Hz 为单位填写，或选择“无采样率”。",
    ),
    "no_rate": ("No rate", "无采样率"),
    "no_rate_means": (
        "The series has no sampling rate, or nobody knows it: the model takes it to be four seconds long.",
        "该序列没有采样率或采样率未知：模型按时长四秒处理。",
    ),
    "uploading": ("A file is still on its way. Send again when it is there.", "文件仍在上传，请在完成后再发送。"),
    "upload_failed": (
        "{name} did not arrive: the connection to the server broke. Attach it again.",
        "{name} 未能上传：与服务器的连接中断。请重新添加。",
    ),
    "preview_of": ("What the model sees of {name}", "模型看到的 {name}"),
    "prompt_tokens": ("{tokens:,} prompt tokens ({media})", "提示 {tokens:,} 个 token（{media}）"),
    "tokens_from": ("{tokens:,} from {what}", "{what}占 {tokens:,}"),
    "one_image": ("1 picture", "1 张图片"),
    "many_images": ("{number} pictures", "{number} 张图片"),
    "one_video": ("1 video", "1 段视频"),
    "many_videos": ("{number} videos", "{number} 段视频"),
    "one_signal": ("1 signal", "1 条信号"),
    "many_signals": ("{number} signals", "{number} 条信号"),
    "model_loading": ("loading the model", "正在加载模型"),
    "model_ready": ("ready", "已就绪"),
    "model_draining": ("about to end", "即将停止"),
    "model_gone": ("not reachable", "无法连接"),
}
