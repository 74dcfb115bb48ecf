"""What leaves the page: exports, share links, a turn as a request."""

TEXTS: dict[str, tuple[str, str]] = {
    # in every export
    "export_about": (
        "Kept from Benchside on {time} · model {model} · questions: {number}",
        "于 {time} 由 Benchside 导出 · 模型 {model} · 问题数：{number}",
    ),
    "export_question": ("Question {number}", "问题 {number}"),
    "export_answer": ("Answer {number}", "回答 {number}"),
    "export_thinking": ("Thinking", "思考过程"),
    "export_tool": ("Tool", "工具"),
    "export_file": ("File", "文件"),
    "export_refused": ("refused", "未成功"),
    "export_unfinished": ("did not end", "未完成"),
    "export_running": ("This answer was still being written.", "导出时这个回答还在生成。"),
    "export_broken": (
        "This answer was cut off: the server ended in the middle of it.",
        "服务器中途停止，这个回答不完整。",
    ),
    "export_too_large": ("too large to stand in this file", "太大，未放入此文件"),
    "export_more_rows": ("{number} more rows are in the file.", "文件中还有 {number} 行。"),
    "export_needs": (
        "This notebook runs the tool calls of the conversation again and compares the results with those recorded. It "
        "needs Benchside's folder with its packages installed: start Jupyter in that folder, with its Python, or set "
        "the environment variable BENCHSIDE to it. Nothing is sent anywhere, except by a tool that looks something up. "
        "Run the first cell first.",
        "本笔记本重新运行对话中的工具调用，并与记录的结果比较。需要 Benchside 的文件夹及其已安装的软件包："
        "请在该文件夹中用它的 Python 启动 Jupyter，或把环境变量 BENCHSIDE 设为该文件夹。"
        "除查询类工具外，不会发送任何数据。请先运行第一个单元格。",
    ),
    # the export menu
    "export_title": ("Export", "导出"),
    "export_markdown": ("Markdown", "Markdown"),
    "export_markdown_about": ("To read and edit; pictures inside", "便于阅读和编辑，内含图片"),
    "export_json": ("JSON", "JSON"),
    "export_json_about": ("Complete, for programs", "完整内容，供程序使用"),
    "export_notebook": ("Jupyter notebook", "Jupyter 笔记本"),
    "export_notebook_about": ("Runs the tool calls again and compares", "重新运行工具调用并比较结果"),
    "export_html": ("Web page", "网页"),
    "export_html_about": ("One file with live viewers, works offline", "单个文件，图表可交互，可离线使用"),
    "export_zip": ("Archive", "压缩包"),
    "export_zip_about": ("Markdown, JSON, notebook and all files", "Markdown、JSON、笔记本和全部文件"),
    "export_which": (
        "format is {format}; it must be one of: {formats}.",
        "format 为 {format}；只能是：{formats}。",
    ),
    "export_preparing": ("Preparing …", "正在准备 ……"),
    "export_empty": (
        "There is nothing to hand over yet: ask something first.",
        "还没有可导出的内容：请先提一个问题。",
    ),
    "handover_none": (
        "There is no such conversation, or it belongs to another browser.",
        "没有这个对话，或它属于另一个浏览器。",
    ),
    # the share dialog
    "share_title": ("Share a read-only page", "分享只读页面"),
    "share_what": (
        "Anyone with the link can read this conversation as it is now (questions: {number}), with its answers, tool "
        "results and figures. What you write later is not added.",
        "任何拿到链接的人都能阅读此刻的对话：{number} 个问题、回答、工具结果和图表。之后的内容不会加入。",
    ),
    "share_thinking": ("Include the model's thinking", "包含模型的思考过程"),
    "share_files": ("Include the files that you sent ({number}) and their previews", "包含你的 {number} 个文件及预览"),
    "share_expiry": ("The link ends", "链接有效期"),
    "share_one_day": ("after a day", "一天"),
    "share_days": ("after {number} days", "{number} 天"),
    "share_publish": ("Make the link", "生成链接"),
    "share_link": ("Link", "链接"),
    "share_once": ("Copy it now: it is shown only this once.", "请现在复制：链接只显示这一次。"),
    "share_copy": ("Copy link", "复制链接"),
    "share_list": ("Links to this conversation", "这个对话的链接"),
    "share_until": ("{made} · ends {until} · {what}", "{made} · {until} 到期 · {what}"),
    "share_with_all": ("with thinking and files", "含思考过程和文件"),
    "share_with_thinking": ("with thinking", "含思考过程"),
    "share_with_files": ("with files", "含文件"),
    "share_with_answers": ("answers only", "仅含回答"),
    "share_revoke": ("End this link", "停用此链接"),
    "share_revoked": ("The link has ended.", "链接已停用。"),
    "share_days_wrong": (
        "expires_in_days is {value}; it must be a whole number from 1 to {limit}.",
        "expires_in_days 为 {value}；必须是 1 到 {limit} 的整数。",
    ),
    "share_includes_wrong": (
        "includes is {value}; it must be a list of any of: thinking, files.",
        "includes 为 {value}；必须是由 thinking、files 组成的列表。",
    ),
    "share_no_object": (
        "A share is asked for with a JSON object: expires_in_days and includes.",
        "请用 JSON 对象请求分享：expires_in_days 和 includes。",
    ),
    "share_not_there": (
        "There is no such link, or it has ended already.",
        "没有这个链接，或它已经停用。",
    ),
    "share_unknown_field": (
        "The field {name} is not known; a share has expires_in_days and includes.",
        "不认识字段 {name}；只有 expires_in_days 和 includes。",
    ),
    "share_too_many": (
        "This conversation has {limit} links already. End one of them first.",
        "这个对话已有 {limit} 个链接。请先停用一个。",
    ),
    "share_too_large": (
        "The page would have {size}; the limit is {limit}. Leave the files out, or export an archive instead.",
        "页面大小为 {size}，上限是 {limit}。请不要包含文件，或改为导出压缩包。",
    ),
    "share_too_much": (
        "All your shared pages together may have {limit}. End a link first, or leave the files out.",
        "你分享的全部页面合计不能超过 {limit}。请先停用一个链接，或不包含文件。",
    ),
    "share_disk_full": (
        "The server has no room for this page of {size}. Tell whoever runs it, or export it as a web page instead.",
        "服务器空间不足，无法保存这个 {size} 的页面。请告知管理者，或改为导出网页。",
    ),
    "share_gone": (
        "This shared conversation is no longer here: its link has expired or was ended by its owner.",
        "这个分享的对话已不可用：链接已过期或已被所有者停用。",
    ),
    "share_unknown": (
        "There is no shared conversation at this address.",
        "此地址没有分享的对话。",
    ),
    # one turn as a request
    "request_title": ("The same question over HTTP", "用 HTTP 提出同样的问题"),
    "request_which": ("as is {value}; it must be curl or python.", "as 为 {value}；必须是 curl 或 python。"),
    "request_no_turn": (
        "There is no turn {number}; this conversation has {count}, counted from 0.",
        "没有第 {number} 轮；这个对话共有 {count} 轮，从 0 数起。",
    ),
    "request_not_ready": ("The model is not ready yet. Try again in a moment.", "模型尚未就绪，请稍后再试。"),
    "handover_close": ("Close", "关闭"),
    "handover_failed": ("The server cannot be reached. Try again.", "无法连接服务器，请重试。"),
}
