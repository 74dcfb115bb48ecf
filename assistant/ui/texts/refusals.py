"""Why something was not done, and the way out."""

TEXTS: dict[str, tuple[str, str]] = {
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
    "too_many_files": (
        "{length} files are attached and at most {limit} are read with one message. Remove some.",
        "已添加 {length} 个文件，一条消息最多读取 {limit} 个。请移除一些。",
    ),
    "text_only": (
        "This model reads text only. Remove the file, or start Benchside with a model that sees (--model; of a server "
        "that does not say what its model reads, --engine-media). Molecules, sequences, structures and texts can be "
        "attached.",
        "此模型只能读取文本。请移除文件，或用能看图的模型启动 Benchside（--model；如果服务器没有说明模型能读取什么，"
        "请用 --engine-media）。"
        "分子、序列、结构和文本文件可以添加。",
    ),
    "no_videos": ("This model reads neither pictures nor videos. Remove them.", "此模型不能读取图片和视频，请移除。"),
    "no_signals": ("This model reads no signals. Remove the file.", "此模型不能读取信号，请移除文件。"),
    "file_empty": ("{name} is empty. Attach another file.", "{name} 是空文件，请添加其他文件。"),
    "file_too_large": (
        "{name} is {size} large and at most {limit} may be attached. Attach a smaller one.",
        "{name} 大小为 {size}，最多可添加 {limit}。请添加更小的文件。",
    ),
    "file_unknown": (
        "{name} is not a file that can be read here. Attach a picture (PNG, JPEG, WebP, GIF, BMP, TIFF), a video "
        "(MP4, MOV, WebM, MKV, AVI), a signal (MiniSEED, SAC, SEG-Y, K-NET, WAV, NPY, CSV), molecules (SMILES, MOL, "
        "SDF), sequences (FASTA, GenBank), a structure (PDB, mmCIF, CIF) or text (TXT, MD, CSV, PDF).",
        "无法读取 {name}。请添加图片（PNG、JPEG、WebP、GIF、BMP、TIFF）、视频（MP4、MOV、WebM、MKV、AVI）、"
        "信号（MiniSEED、SAC、SEG-Y、K-NET、WAV、NPY、CSV）、分子（SMILES、MOL、SDF）、序列（FASTA、GenBank）、"
        "结构（PDB、mmCIF、CIF）或文本（TXT、MD、CSV、PDF）。",
    ),
    "disk_full": ("The disk of the server is full; nothing can be attached.", "服务器磁盘已满，无法添加文件。"),
    "file_gone": (
        "The attached files were forgotten after a long pause. Attach them again.",
        "添加的文件因长时间未使用已被清除，请重新添加。",
    ),
    "still_loading": (
        "The model is still loading. Your text stays in the box; send it when the model is ready.",
        "模型仍在加载。您的文字会保留，请在模型就绪后发送。",
    ),
    "draining": (
        "Benchside is about to end and takes no new questions. Your text stays in the box; send it when it is back.",
        "Benchside 即将停止，不再接受新问题。您的文字会保留，请在恢复后发送。",
    ),
    "forgotten": (
        "This chat was forgotten after a long pause. A new one has begun.",
        "此对话因长时间未使用已被清除，现已开始新的对话。",
    ),
    "no_file": (
        "There is no such file, or it belongs to another browser.",
        "没有这个文件，或它属于另一个浏览器。",
    ),
    "foreign": ("This chat belongs to another browser. Reload the page.", "此对话属于另一个浏览器，请重新加载页面。"),
    "internal": (
        "The answer ended in an internal error (see the server log). Try again.",
        "回答因内部错误而结束（详见服务器日志）。请重试。",
    ),
}
