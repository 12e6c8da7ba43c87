"""Decide on the headers of a request, before its body is read, whether a picture can be taken."""
