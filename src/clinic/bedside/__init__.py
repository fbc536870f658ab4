"""The bedside: what a tablet beside the table asks of the server. It goes on without a network; the pages are few."""
