"""The model over HTTP in OpenAI's shapes. Read routes.py first, then chat_request.py, answers.py and chat_reply.py."""
