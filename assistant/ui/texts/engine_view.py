"""The panel that shows the engine at work."""

TEXTS: dict[str, tuple[str, str]] = {
    "engine_view": ("Engine", "引擎"),
    "engine_open": ("Show the engine at work", "查看引擎运行情况"),
    "engine_close": ("Close", "关闭"),
    "engine_running": ("running", "运行中"),
    "engine_waiting": ("waiting", "等待中"),
    "engine_kv_share": ("KV cache in use", "KV 缓存占用"),
    "engine_cached_share": ("of prompts from the cache", "提示来自缓存"),
    "engine_tokens_per_s": ("tokens/s", "token/s"),
    "engine_step_ms": ("ms for the last step", "上一步用时（毫秒）"),
    "engine_preemptions": ("put back for others", "为他人让位"),
    "engine_minutes": ("the last two minutes", "最近两分钟"),
    "engine_gone": ("The engine does not answer.", "引擎没有回应。"),
    "experts_title": ("Experts at work", "正在工作的专家"),
    "experts_none": (
        "This model has no experts: every token passes through all of every layer.",
        "该模型没有专家：每个 token 都经过每一层的全部参数。",
    ),
    "experts_idle": (
        "No token has passed in the last seconds. Ask something.",
        "最近几秒没有 token 经过。请提一个问题。",
    ),
    "experts_picture": (
        "{layers} layers from top to bottom, {experts} experts from left to right, each in the colour of the text that "
        "chooses it most.",
        "从上到下 {layers} 层，从左到右 {experts} 个专家，颜色表示最常选中它的文本类型。",
    ),
    "experts_cell": ("layer {layer}, expert {expert}: {counts}", "第 {layer} 层，专家 {expert}：{counts}"),
    "experts_tokens": ("{kind}, {number} tokens", "{kind}，{number} 个 token"),
    "kind_question": ("question", "问题"),
    "kind_molecule": ("molecule", "分子"),
    "kind_sequence": ("sequence", "序列"),
    "kind_answer": ("answer", "回答"),
}
