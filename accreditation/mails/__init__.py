"""Accreditation's mails: what is sent to whom, each once."""
