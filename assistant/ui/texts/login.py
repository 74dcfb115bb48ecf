"""The way in and out of a page that asks for a password, and what a full house says."""

TEXTS: dict[str, tuple[str, str]] = {
    "log_in": ("Log in", "登录"),
    "log_in_title": ("Log in to Benchside", "登录 Benchside"),
    "person_name": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "log_in_wrong": ("Name or password is wrong. Try again.", "用户名或密码错误，请重试。"),
    "log_in_too_often": (
        "That was too many tries. Wait {seconds} s and try again.",
        "尝试次数过多，请等待 {seconds} 秒后重试。",
    ),
    "log_out": ("Log out", "退出登录"),
    "log_out_of": ("Log out {name}", "退出登录 {name}"),
    "log_out_title": ("Log out of Benchside", "退出 Benchside"),
    "house_full": (
        "{count} people have this page open, which is as many as it takes. Try again in a few minutes.",
        "已有 {count} 人打开此页面，已达上限。请几分钟后重试。",
    ),
    "too_many_own": (
        "{count} of your questions are being answered or wait, which is as many as one visitor may have. "
        "Wait for one to end, or stop one.",
        "您有 {count} 个问题正在回答或等待中，已达每位访客的上限。请等待其中一个完成，或停止一个。",
    ),
    "too_many_all": (
        "{count} questions are being answered or wait, which is as many as this server takes. Your text stays in the "
        "box; try again in a minute.",
        "已有 {count} 个问题正在回答或等待中，已达服务器上限。您的文字会保留，请一分钟后重试。",
    ),
}
