"""Our own words on the page, in both languages. Gradio translates its own by itself."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]

STRINGS: dict[str, tuple[str, str]] = {
    # the page
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
    # attached files
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
    # a figure
    "in_3d": ("in 3D", "三维显示"),
    "building_3d": ("Building the 3D structure …", "正在生成三维结构……"),
    "no_3d": ("The 3D structure could not be loaded.", "无法加载三维结构。"),
    "no_webgl": ("This browser cannot draw 3D (WebGL is off).", "此浏览器无法显示三维图形（WebGL 未启用）。"),
    "no_picture": ("The picture could not be loaded.", "无法加载图片。"),
    "no_data": ("The result could not be loaded.", "无法加载结果。"),
    "loading": ("Loading …", "正在加载……"),
    "fullscreen": ("Full screen", "全屏"),
    "choose_atom": ("Atoms: choose one with the arrow keys", "原子：用方向键选择"),
    "atom": ("atom {index}", "原子 {index}"),
    # structures in 3D
    "as_page": ("One HTML file that works offline", "可离线打开的单个 HTML 文件"),
    "keys_3d": ("Arrow keys turn it, + and - zoom.", "方向键旋转，+ 和 - 缩放。"),
    "style": ("Style", "样式"),
    "style_cartoon": ("Cartoon", "卡通"),
    "style_ball_and_stick": ("Ball and stick", "球棍"),
    "style_stick": ("Sticks", "棍状"),
    "style_sphere": ("Spheres", "空间填充"),
    "style_line": ("Lines", "线框"),
    "style_surface": ("Surface", "表面"),
    "colour": ("Colour", "着色"),
    "colours": ("What the colours mean", "颜色含义"),
    "colour_spectrum": ("Along the chain", "沿链渐变"),
    "first_residue": ("first residue", "首个残基"),
    "last_residue": ("last residue", "末个残基"),
    "colour_chain": ("By chain", "按链"),
    "colour_secondary_structure": ("By secondary structure", "按二级结构"),
    "colour_residue": ("By residue", "按残基"),
    "colour_bfactor": ("By B factor", "按 B 因子"),
    "colour_plddt": ("By pLDDT", "按 pLDDT"),
    "colour_element": ("By element", "按元素"),
    "plddt_0": ("very high", "很高"),
    "plddt_1": ("confident", "可信"),
    "plddt_2": ("low", "低"),
    "plddt_3": ("very low", "很低"),
    "chain": ("chain", "链"),
    "helix": ("helix", "螺旋"),
    "strand": ("strand", "折叠"),
    "coil": ("coil", "无规卷曲"),
    "spin": ("Spin", "旋转"),
    "touch": ("Tap to rotate", "点按后可旋转"),
    "copy_smiles": ("Copy SMILES", "复制 SMILES"),
    "download": ("Download", "下载"),
    # pictures, tables and plots
    "boxes": ("Marked regions", "标出的区域"),
    "copy_csv": ("Copy as CSV", "复制为 CSV"),
    "rows": ("{number} rows", "{number} 行"),
    "first_rows": ("first {shown} of {number} rows", "前 {shown} 行，共 {number} 行"),
    "show_all": ("Show all {number}", "显示全部 {number} 行"),
    "starts": ("0 s is {time}", "0 秒对应 {time}"),
    "curves": ("Curves", "曲线"),
    "zoom": ("Zoom", "缩放"),
    "zoom_left": ("Move left", "左移"),
    "zoom_right": ("Move right", "右移"),
    "zoom_in": ("Zoom in", "放大"),
    "zoom_out": ("Zoom out", "缩小"),
    "zoom_reset": ("Show all of it", "显示全部"),
    # sequences
    "residues": ("residues", "个残基"),
    "nucleotides": ("nucleotides", "个核苷酸"),
    "copy_sequence": ("Copy sequence", "复制序列"),
    "copy_fasta": ("Copy FASTA", "复制 FASTA"),
    "composition": ("Composition", "组成"),
    "features": ("Features", "特征"),
    "more": ("{number} more", "另外 {number} 个"),
    "residue_hydrophobic": ("hydrophobic", "疏水"),
    "residue_aromatic": ("aromatic", "芳香"),
    "residue_polar": ("polar", "极性"),
    "residue_positive": ("positive", "带正电"),
    "residue_negative": ("negative", "带负电"),
    "residue_special": ("Gly, Pro", "甘氨酸、脯氨酸"),
    "residue_other": ("other", "其他"),
    "identical": ("identical", "相同"),
    "similar": ("same kind", "同类"),
    "conserved": ("most the same", "多数相同"),
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
    "too_many_files": (
        "{length} files are attached and at most {limit} are read with one message. Remove some.",
        "已添加 {length} 个文件，一条消息最多读取 {limit} 个。请移除一些。",
    ),
    "text_only": (
        "This model reads text only. Remove the file, or start Benchside with a model that sees (--model). Molecules, "
        "sequences, structures and texts can be attached.",
        "此模型只能读取文本。请移除文件，或用能看图的模型启动 Benchside（--model）。"
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
        """As they are, with the places of values left in."""
        return {key: STRINGS[key][self._column] for key in keys}


def preferred_language(headers: Mapping[str, str]) -> Language:
    """The browser's first choice, as far as we have it."""
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"
