"""Why a file could not be read, in Chinese, as in sentences.py; `NAME: ` may stand before it."""

FILES: dict[str, str] = {
    "The prepared file cannot be used ({reason}): attach it again.": "处理后的文件无法使用（{reason}）：请重新添加。",
    "The prepared file cannot be used ({reason}): send it again.": "处理后的文件无法使用（{reason}）：请重新发送。",
    "{name} is no longer there. Attach it again in a new chat.": "{name} 已不存在。请在新对话中重新添加。",
    "This model cannot read {name}. Begin a new chat without it.": "此模型不能读取 {name}。请开始不含它的新对话。",
    "{name} took too long to read and was given up. Attach a shorter or smaller one.": (
        "读取 {name} 耗时过长，已放弃。请添加更短或更小的文件。"
    ),
    "{name} needs more than {n:,} GB of memory to be read. Attach a shorter or smaller one.": (
        "读取 {name} 需要超过 {n} GB 内存。请添加更短或更小的文件。"
    ),
    "Reading {name} was stopped.": "读取 {name} 已停止。",
    "{name} is damaged or not what it seems: the reader broke on it. Save it again and attach that.": (
        "{name} 已损坏或并非其类型的文件，无法读取。请重新保存后添加。"
    ),
    "The file is empty: send it again.": "文件为空，请重新发送。",
    "The file should be a {kind} and is {what}, whatever its name says.": (
        "文件应为{kind}，实际是{what}，与文件名无关。"
    ),
    "This model cannot read a {kind}; besides text it reads: {kinds}.": (
        "此模型不能读取{kind}；除文本外可读取：{kinds}。"
    ),
    # texts
    "The {what} has {n:,} MB; at most {limit:,} can be read: attach a part of it.": (
        "{what}大小为 {n} MB，最多可读取 {limit} MB，请添加其中一部分。"
    ),
    "The {what} is not UTF-8 text: byte {n:,} is no character of it. Save it as UTF-8 and attach that.": (
        "{what}不是 UTF-8 文本：第 {n} 个字节不是字符。请另存为 UTF-8 后添加。"
    ),
    "The {what} holds a zero byte at character {n:,}, so it is no text: attach another.": (
        "{what}在第 {n} 个字符处有零字节，因此不是文本，请添加其他文件。"
    ),
    "The PDF has {n:,} page(s) and no text in it, only pictures: attach its pages as pictures.": (
        "PDF 共 {n} 页，其中没有文字，只有图片：请将页面作为图片添加。"
    ),
    "The text of a PDF needs the package pypdf, which is not installed. {hint}": (
        "读取 PDF 文字需要 pypdf 软件包，但尚未安装。{hint}"
    ),
    "The PDF is encrypted: save it without a password and attach that.": "PDF 已加密，请另存为无密码的文件后添加。",
    "The PDF is damaged: its pages cannot be read. Print it to a new PDF and attach that.": (
        "PDF 已损坏，无法读取页面。请打印为新的 PDF 后添加。"
    ),
    # molecules, sequences, structures
    "Line {n}: the SMILES is {length:,} characters long and at most {limit:,} are read: "
    "correct it and attach the file again.": (
        "第 {n} 行：SMILES 长 {length} 个字符，最多读取 {limit} 个。请改正后重新添加。"
    ),
    "Line {n}: {what} at character {place} does not belong in a SMILES: correct it and attach the file again.": (
        "第 {n} 行：第 {place} 个字符 {what} 不属于 SMILES。请改正后重新添加。"
    ),
    "Line {n}: no valid SMILES: correct it and attach the file again.": (
        "第 {n} 行：不是有效的 SMILES。请改正后重新添加。"
    ),
    "Molecule {n}: its fourth line does not count atoms and bonds; save it again and attach that.": (
        "第 {n} 个分子：第四行没有给出原子数和键数。请重新保存后添加。"
    ),
    "Molecule {n}: it has no line that counts its atoms and bonds; save it again and attach that.": (
        "第 {n} 个分子：没有给出原子数和键数的行。请重新保存后添加。"
    ),
    "Molecule {n}: {what} does not count its atoms and bonds; save it again and attach that.": (
        "第 {n} 个分子：{what} 不是原子数和键数。请重新保存后添加。"
    ),
    "Molecule {n}: it announces {atoms:,} atoms and at most {limit:,} are read; save it again and attach that.": (
        "第 {n} 个分子：声明有 {atoms} 个原子，最多读取 {limit} 个。请重新保存后添加。"
    ),
    "Molecule {n}: it announces {atoms:,} atoms and {bonds:,} bonds and has {lines:,} lines of them, "
    "so it is cut off; save it again and attach that.": (
        "第 {n} 个分子：声明有 {atoms} 个原子和 {bonds} 个键，却只有 {lines} 行，文件不完整。请重新保存后添加。"
    ),
    "Molecule {n}: its atoms or bonds are not valid; save it again and attach that.": (
        "第 {n} 个分子：原子或键无效。请重新保存后添加。"
    ),
    "The file holds no sequence: a FASTA file has a line that begins with > and letters below it.": (
        "文件中没有序列：FASTA 文件有以 > 开头的行，其下是字母。"
    ),
    "Line {n:,}, character {place:,} holds {what}, which is no residue: correct or remove it.": (
        "第 {n} 行第 {place} 个字符 {what} 不是残基，请改正或删除。"
    ),
    "The sequence {name} that ends in line {n:,} has no letters: complete it.": (
        "在第 {n} 行结束的序列 {name} 没有字母，请补全。"
    ),
    "The GenBank file has no end (a line with //): it is cut off; save it again and attach that.": (
        "GenBank 文件没有结尾（// 行），不完整。请重新保存后添加。"
    ),
    "The file has more than {n:,} sequences: attach a part of it.": "文件中的序列超过 {n} 条，请添加其中一部分。",
    "The structure file has no atoms: it is cut off; save it again and attach that.": (
        "结构文件中没有原子，不完整。请重新保存后添加。"
    ),
    "The structure file has {n:,} models; at most {limit} are read: attach a part.": (
        "结构文件有 {n} 个模型，最多读取 {limit} 个，请添加其中一部分。"
    ),
    "Line {n:,} has no coordinates in columns 31 to 54: correct or remove it.": (
        "第 {n} 行的第 31 至 54 列没有坐标，请改正或删除。"
    ),
    "Line {n:,} has coordinates that are not finite: correct or remove it.": (
        "第 {n} 行的坐标不是有限数，请改正或删除。"
    ),
    "The atom {atom} of residue {residue} in chain {chain} has no finite coordinates: correct or remove it.": (
        "{chain} 链残基 {residue} 的原子 {atom} 没有有限坐标，请改正或删除。"
    ),
    "The structure file is damaged ({reason}): save it again and attach that.": (
        "结构文件已损坏（{reason}）。请重新保存后添加。"
    ),
    "mmCIF files need the package gemmi, which is not installed. {hint}": (
        "读取 mmCIF 文件需要 gemmi 软件包，但尚未安装。{hint}"
    ),
    "CIF files need the package gemmi, which is not installed. {hint}": (
        "读取 CIF 文件需要 gemmi 软件包，但尚未安装。{hint}"
    ),
    "The CIF file is damaged ({reason}): save it again and attach that.": (
        "CIF 文件已损坏（{reason}）。请重新保存后添加。"
    ),
    "The CIF file holds no data block: attach another.": "CIF 文件中没有数据块，请添加其他文件。",
    "The CIF file has neither a unit cell nor atoms: attach the one of a structure.": (
        "CIF 文件中既没有晶胞也没有原子，请添加含结构的文件。"
    ),
    # pictures
    "The picture is {width:,} x {height:,} pixels; a side may have {side:,} and all of it {limit:,} million: "
    "make it smaller.": ("图片为 {width} × {height} 像素；单边最多 {side}，总计最多 {limit} 百万像素，请缩小。"),
    "The picture has more pixels than can be unpacked; a side may have {side:,} and all of it {limit:,} million: "
    "make it smaller.": ("图片像素过多，无法解压；单边最多 {side}，总计最多 {limit} 百万像素，请缩小。"),
    "The picture is {width} x {height} pixels; each side must have at least 1.": (
        "图片为 {width} × {height} 像素，每边至少为 1。"
    ),
    "The file is not a picture that can be read; send {formats}.": "文件不是可读取的图片，请发送 {formats}。",
    "The picture of {width:,} x {height:,} pixels needs too much memory.": (
        "{width} × {height} 像素的图片所需内存过多。"
    ),
    "The {form} picture is cut off or damaged ({reason}); save it again and send that.": (
        "{form} 图片不完整或已损坏（{reason}）。请重新保存后发送。"
    ),
    "The {what} is {width} x {height} pixels; one side may be {limit} times the other at most: cut out a part.": (
        "{what}为 {width} × {height} 像素，长边最多为短边的 {limit} 倍，请裁剪。"
    ),
    # videos
    "The video is {width} x {height} pixels and this model reads none with a side below {limit}.": (
        "视频为 {width} × {height} 像素，此模型不读取边长小于 {limit} 的视频。"
    ),
    "The video has {n} frame and this model needs 2: send it as a picture.": (
        "视频只有 {n} 帧，此模型需要 2 帧：请作为图片发送。"
    ),
    "{n} frames are wanted of a video that has {frames}; take 1 to {limit}.": (
        "要从只有 {frames} 帧的视频中取 {n} 帧，请取 1 至 {limit} 帧。"
    ),
    "Videos need a decoder, which is not installed here: pip install 'benchside[video]'.": (
        "读取视频需要解码器，但尚未安装：pip install 'benchside[video]'。"
    ),
    "The file is not a video that can be played ({reason}); convert it to H.264 MP4.": (
        "文件不是可播放的视频（{reason}）。请转换为 H.264 MP4。"
    ),
    "The video is {width:,} x {height:,} pixels; at most {limit:,} million can be read: make it smaller.": (
        "视频为 {width} × {height} 像素，最多可读取 {limit} 百万像素，请缩小。"
    ),
    "The video is {n:,} hours long; at most {limit} can be read: cut out a part.": (
        "视频长 {n} 小时，最多可读取 {limit} 小时，请截取一部分。"
    ),
    "The video says that it has {n:,} frames; at most {limit:,} can be read: cut out a part.": (
        "视频声明有 {n} 帧，最多可读取 {limit} 帧，请截取一部分。"
    ),
    # signals
    "The file has no numbers.": "文件中没有数字。",
    "The file has a row of names and no numbers.": "文件只有一行名称，没有数字。",
    "The first row has {n} names and the next one {numbers} numbers.": "首行有 {n} 个名称，下一行有 {numbers} 个数字。",
    "The column {name} is not evenly spaced: its steps go from {low:,} to {high:,} s; resample the series, "
    "or remove the column and give the sampling rate.": (
        "{name} 列的间隔不均匀：步长从 {low} 到 {high} 秒。请重新采样，或删除该列并给出采样率。"
    ),
    "Line {n} of the file holds {what} where a number is needed; correct or remove it.": (
        "文件第 {n} 行应为数字，却是 {what}，请改正或删除。"
    ),
    "Line {n} of the file has {numbers} numbers and those before it {width}; make them equal.": (
        "文件第 {n} 行有 {numbers} 个数字，之前各行有 {width} 个，请使其一致。"
    ),
    "The file holds something that is not a number; save it as plain comma-separated numbers.": (
        "文件中有非数字内容，请另存为以逗号分隔的纯数字。"
    ),
    "The {form} file is damaged: it has fewer samples than it announces.": (
        "{form} 文件已损坏：采样点少于所声明的数量。"
    ),
    "The {form} file is damaged: {reason}.": "{form} 文件已损坏：{reason}。",
    "The {form} file has {n} traces; 1 to {limit} can be read: cut out a part.": (
        "{form} 文件有 {n} 道，可读取 1 至 {limit} 道，请截取一部分。"
    ),
    "The recording has gaps: {n} pieces of {channels} channels; fill them or cut out one piece.": (
        "记录有间断：{channels} 个通道共 {n} 段。请补齐或截取其中一段。"
    ),
    "The channels differ: {low} to {high} samples at {slow:,} to {fast:,} Hz; cut them to one length and rate, "
    "or send one channel.": (
        "各通道不一致：{low} 至 {high} 个采样点，{slow} 至 {fast} Hz。请统一长度和采样率，或只发送一个通道。"
    ),
    "The recording has no samples: attach another.": "记录中没有采样点，请添加其他文件。",
    "The recording has {n:,} samples; at most {limit:,} can be read: cut out a part.": (
        "记录有 {n} 个采样点，最多可读取 {limit} 个，请截取一部分。"
    ),
    "The recording says {rate:,} Hz; its sampling rate must be above 0.": "记录的采样率为 {rate} Hz，必须大于 0。",
    "{form} files need obspy, which is not installed here: pip install 'benchside[seismic]'.": (
        "读取 {form} 文件需要 obspy，但尚未安装：pip install 'benchside[seismic]'。"
    ),
    "The text file has {n:,} MB; at most {limit} can be read: send an NPY file.": (
        "文本文件大小为 {n} MB，最多可读取 {limit} MB，请发送 NPY 文件。"
    ),
    "The text file has {n:,} rows; at most {limit:,} can be read: send an NPY file.": (
        "文本文件有 {n} 行，最多可读取 {limit} 行，请发送 NPY 文件。"
    ),
    "The NPY file holds {what}; only whole or real numbers can be read.": (
        "NPY 文件的类型是 {what}，只能读取整数或实数。"
    ),
    "The NPY file is cut off: {needed:,} bytes of numbers are announced, {present:,} there.": (
        "NPY 文件不完整：声明 {needed} 字节，实际 {present} 字节。"
    ),
    "The NPY file has a damaged header: {reason}.": "NPY 文件头已损坏：{reason}。",
    "The file is no series of numbers: send NPY, CSV, WAV or MiniSEED.": (
        "文件不是数值序列，请发送 NPY、CSV、WAV 或 MiniSEED。"
    ),
    "The series has {n} axes; it must be [samples] or [samples, channels].": (
        "序列有 {n} 个轴，应为 [采样点] 或 [采样点, 通道]。"
    ),
    "The series is empty; it needs at least 1 sample and 1 channel.": "序列为空，至少需要 1 个采样点和 1 个通道。",
    "The series has {n:,} samples of {channels:,} channels; at most {limit} channels can be read, "
    "and time is the first axis.": (
        "序列有 {n} 个采样点、{channels} 个通道，最多可读取 {limit} 个通道，第一个轴为时间。"
    ),
    "The series has {n:,} numbers; at most {limit:,} can be read: cut out a part.": (
        "序列有 {n} 个数，最多可读取 {limit} 个，请截取一部分。"
    ),
    "The sampling rate is {rate:,} Hz; it must be above 0.": "采样率为 {rate} Hz，必须大于 0。",
    "The series has {n} samples; at {rate:,} Hz the model reads at least {least}: send a longer one "
    "or give its true sampling rate.": (
        "序列有 {n} 个采样点，在 {rate} Hz 下模型至少需要 {least} 个。请发送更长的序列或给出真实采样率。"
    ),
    "The series has numbers up to {n:,}, too large to square: scale it.": "序列中的数值高达 {n}，过大，请缩放。",
    "{n:,} of {all:,} numbers are not finite, the first at sample {sample:,} of channel {channel}: "
    "fill or cut the gaps.": (
        "{all} 个数中有 {n} 个不是有限数，首个位于第 {channel} 通道第 {sample} 个采样点。请补齐或截去。"
    ),
    "The WAV file is cut off: it has no sound in it.": "WAV 文件不完整：其中没有声音。",
    "The WAV file is of format {form} with {bits} bits; save it as 16-bit PCM or 32-bit float.": (
        "WAV 文件格式为 {form}、{bits} 位，请另存为 16 位 PCM 或 32 位浮点。"
    ),
    "The WAV file says {channels} channels at {rate} Hz; both must be at least 1.": (
        "WAV 文件声明 {channels} 个通道、{rate} Hz，两者均须至少为 1。"
    ),
}
