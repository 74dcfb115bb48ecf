"""What a figure shows, in Chinese, as in sentences.py. The first form that fits counts, so narrow ones come first."""

CAPTIONS: dict[str, str] = {
    # chemistry
    "2D structure of {smiles} with no group highlighted": "{smiles} 的二维结构，未标出官能团",
    "2D structure of {smiles} ({formula}), {n:,} atom(s) highlighted": (
        "{smiles}（{formula}）的二维结构，标出 {n} 个原子"
    ),
    "2D structure of {smiles} ({formula})": "{smiles}（{formula}）的二维结构",
    "2D structure of {smiles} with {groups} highlighted": "{smiles} 的二维结构，标出 {groups}",
    "3D structure of {smiles} ({formula})": "{smiles}（{formula}）的三维结构",
    "MOL block of {formula}": "{formula} 的 MOL 文本",
    "{n:,} stereoisomer(s) with CIP labels": "{n} 个带 CIP 标记的立体异构体",
    "Functional groups and alerts with their atoms": "官能团、警示结构及其原子",
    "The common part in each molecule": "每个分子中的公共部分",
    "{n:,} molecules with the common part highlighted and aligned": "{n} 个分子，公共部分已标出并对齐",
    "Properties of {n:,} molecules": "{n} 个分子的性质",
    "Grid of {n:,} molecule(s): {what}": "{n} 个分子：{what}",
    "Predicted protonation states": "预测的质子化状态",
    "{n:,} with net charges": "{n} 个，附净电荷",
    "The reaction {equation}": "反应 {equation}",
    "Atoms of every element before and after": "反应前后各元素的原子数",
    "Products of {reaction}": "{reaction} 的产物",
    "{n:,} product(s) of {reaction}": "{reaction} 的 {n} 个产物",
    "The {n:,} molecules most similar to the query": "与查询最相似的 {n} 个分子",
    "The query and its {n:,} nearest molecules": "查询分子及最相近的 {n} 个分子",
    "What each step made of the structure": "每一步得到的结构",
    "The structure before and after": "处理前后的结构",
    "{n:,} molecules that match {smarts}": "{n} 个匹配 {smarts} 的分子",
    "{n:,} molecules with {smarts} highlighted": "{n} 个分子，标出 {smarts}",
    # biology
    "{n:,} motif hits with their positions": "{n} 处基序及其位置",
    "Sequence of {n:,} residues with {hits:,} motif hits in colour": "{n} 个残基的序列，{hits} 处基序以颜色标出",
    "{what} along the chain, window {window:,}, {n:,} candidate transmembrane helices marked": (
        "沿链的{what}，窗口 {window}，标出 {n} 段候选跨膜螺旋"
    ),
    "Sequence of {n:,} residues with {helices:,} candidate transmembrane helices": (
        "{n} 个残基的序列，含 {helices} 段候选跨膜螺旋"
    ),
    "Properties before and after the mutations": "突变前后的性质",
    "Mutant of {n:,} residues with {changed:,} changed residues marked": (
        "{n} 个残基的突变体，标出 {changed} 个改变的残基"
    ),
    "The mutant as FASTA": "突变体（FASTA）",
    "Properties of a protein of {n:,} residues": "{n} 个残基的蛋白质的性质",
    "How often each of {n:,} amino acids occurs": "{n} 种氨基酸的出现次数",
    "Sequence of {n:,} residues with its composition": "{n} 个残基的序列及其组成",
    "{n:,} sequence records": "{n} 条序列记录",
    "{n:,} annotated features": "{n} 个注释特征",
    "Alignment of {n:,} sequences over {columns:,} columns": "{n} 条序列、{columns} 列的比对",
    "Sequence {name} of {n:,} residues": "序列 {name}，{n} 个残基",
    "{n:,} open reading frames, the longest first": "{n} 个开放阅读框，最长者在前",
    "Proteins of {n:,} open reading frames": "{n} 个开放阅读框的蛋白质",
    "Translated protein, {n:,} residues": "翻译所得蛋白质，{n} 个残基",
    "DNA of {n:,} bases with {frames:,} open reading frames": "{n} 个碱基的 DNA，含 {frames} 个开放阅读框",
    # structures and materials
    "3D view of {what}": "{what} 的三维视图",
    "{n:,} residues within {cutoff:,} Å of {name}": "距 {name} {cutoff} Å 以内的 {n} 个残基",
    "{file}: {n:,} residues within {cutoff:,} Å of {name}": "{file}：距 {name} {cutoff} Å 以内的 {n} 个残基",
    "Helices and strands": "螺旋与折叠",
    "Accessible surface of every residue of {file}": "{file} 各残基的可及表面积",
    "Accessible surface of the chains of {file}": "{file} 各链的可及表面积",
    "Sequence of chain {chain}, {n:,} residues, with the helices and strands of the file": (
        "{chain} 链的序列，{n} 个残基，附文件中的螺旋与折叠"
    ),
    "Chains and ligands of {file}": "{file} 的链与配体",
    "The residues that were paired": "配对的残基",
    "{one} laid over {other}, RMSD {rmsd:,} Å over {n:,} CA pairs": (
        "{one} 叠合到 {other}，{n} 对 CA 的 RMSD 为 {rmsd} Å"
    ),
    "Sites of {file}, fractional coordinates": "{file} 的原子位置（分数坐标）",
    "{name}, {cells} cells, {n:,} atoms": "{name}，{cells} 个晶胞，{n} 个原子",
    "Powder pattern of {title}, {n:,} lines": "{title} 的粉末衍射图，{n} 条谱线",
    # pictures and videos
    "{file} with the outlines of {n:,} objects": "{file}，标出 {n} 个对象的轮廓",
    "Histogram of the diameters of {n:,} objects": "{n} 个对象的直径直方图",
    "Position and size of {shown:,} of {n:,} objects": "{n} 个对象中 {shown} 个的位置和大小",
    "{file}, {where}, enlarged {n:,} times": "{file}，{where}，放大 {n} 倍",
    "Where the region lies in {file}": "该区域在 {file} 中的位置",
    "The curve read from {file}": "从 {file} 读出的曲线",
    "{n:,} points of the curve": "曲线的 {n} 个点",
    "{file} with the points that were read": "{file}，标出读出的点",
    "Histogram of the levels of {file}": "{file} 的灰度直方图",
    "Statistics of the levels of {file}": "{file} 的灰度统计",
    "Grey levels along the measured line in {file}": "{file} 中测量线上的灰度",
    "{file}, x {left:,} to {right:,} and y {top:,} to {bottom:,} px, with the measured line": (
        "{file}，x {left} 至 {right}、y {top} 至 {bottom} 像素，标出测量线"
    ),
    "Text in {file}": "{file} 中的文字",
    "{file} with the places of its text": "{file}，标出文字的位置",
    "{n:,} frames of {file} with their times": "{file} 的 {n} 帧及其时间",
    "Change of colours in {file}": "{file} 的颜色变化",
    "{n:,} scenes of {file}": "{file} 的 {n} 个镜头",
    "The first frames of {n:,} scenes of {file}": "{file} 的 {n} 个镜头的首帧",
    "{file} at {time:,} s": "{file}，第 {time} 秒",
    # signals
    "Peaks of {name}": "{name} 的峰",
    "Anomalies of {name}": "{name} 的异常点",
    "Autocorrelation of {name}": "{name} 的自相关",
    "Events of {file}": "{file} 的事件",
    "Filtered trace, ratio and {n:,} events of {file}": "{file} 的滤波波形、比值和 {n} 个事件",
    "Great circle of {km:,} km": "{km} km 的大圆弧",
    "Wood-Anderson records simulated from {file}": "由 {file} 模拟的伍德-安德森记录",
    "Waveforms from {place}": "来自 {place} 的波形",
    "Waveforms of {name}": "{name} 的波形",
    "Ground motion of {file}": "{file} 的地面运动",
    "Response spectrum of {file}, {n:,} % damping": "{file} 的反应谱，阻尼 {n} %",
    "Acceleration and velocity of {file}": "{file} 的加速度和速度",
    "P and S picks on {names}": "{names} 上的 P、S 拾取",
    "Filtered channels of {file}": "{file} 滤波后的通道",
    "Before and after the response was removed from {file}": "{file} 去除仪器响应前后",
    "Gaps and overlaps of {file}": "{file} 的间断和重叠",
    "Overview of {file}": "{file} 概览",
    "Channels of {file}": "{file} 的通道",
    "Power spectrum of {name}": "{name} 的功率谱",
    "Spectral peaks of {name}": "{name} 的谱峰",
    "Arrivals at {distance:,} deg": "{distance}° 处的到时",
    "Ray paths over {distance:,} deg from a depth of {depth:,} km": (
        "震源深度 {depth} km、震中距 {distance}° 的射线路径"
    ),
    # mathematics
    "{n:,} points, the fitted curve {curve}, and the residuals below": "{n} 个数据点、拟合曲线 {curve} 及下方的残差",
    "Parameters of {curve}": "{curve} 的参数",
    "Quartiles of {what}": "{what} 的四分位数",
    "Properties of {file}": "{file} 的属性",
}
