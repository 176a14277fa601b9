"""Five servers, one protocol, one application."""
