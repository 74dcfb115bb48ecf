"""What leaves the page: a conversation as a file, as a read-only page behind a link, and one turn as a request."""
