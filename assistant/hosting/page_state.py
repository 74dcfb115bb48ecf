"""What Gradio holds in memory for each page that was opened: about half a megabyte, and of itself for ever."""

import gradio as gr

PAGES_PER_SESSION = 5  # a few tabs, and those that were left a short while ago


def bound_pages(page: gr.Blocks, max_sessions: int) -> None:
    """Beyond as many, the page that was unused for longest is forgotten. Before the page is mounted."""
    page.state_session_capacity = PAGES_PER_SESSION * max_sessions


def forget_page(page: gr.Blocks, page_hash: str) -> None:
    """As if it had never been opened; what was said in it is in the database."""
    holder = page.state_holder
    holder.session_data.pop(page_hash, None)
    holder.time_last_used.pop(page_hash, None)
