"""Request targets and Host: what a request is about (RFC 9112, 3.2; RFC 3986).

Strict: what the grammar does not allow is refused, not repaired.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import unquote

from steps.messages import Refusal

# RFC 3986, appendix A. The possessive ++ and *+ rule out backtracking.
SAFE = r"A-Za-z0-9\-._~!$&'()*+,;="  # unreserved and sub-delims
ESCAPE = r"%[0-9A-Fa-f]{2}"
PATH = rf"/(?:[{SAFE}:@/]++|{ESCAPE})*+"
QUERY = rf"(?:[{SAFE}:@/?]++|{ESCAPE})*+"

TARGET = re.compile(rf"(?:(?i:http)://([^/?]*+))?({PATH})?(?:\?({QUERY}))?")
AUTHORITY = re.compile(
    rf"(\[[0-9A-Fa-f:.]++\]|\[[vV][0-9A-Fa-f]++\.[{SAFE}:]++\]|(?:[{SAFE}]++|{ESCAPE})++)(?::0*+([0-9]{{0,5}}))?"
)


def parse_target(method: str, target: str) -> tuple[tuple[str, ...], str]:
    """The path's segments, decoded, and the query as it came (RFC 9112, 3.2)."""
    if method == "CONNECT":
        raise Refusal(501, "this server is no proxy, and opens no tunnel")
    match = TARGET.fullmatch(target)
    authority, path, query = match.groups() if match else (None, None, None)
    if method == "OPTIONS" and target == "*":
        return (), ""  # about the server as a whole (RFC 9112, 3.2.4)
    if not (path or authority) or (authority is not None and not is_authority(authority)):
        raise Refusal(400, "a request target is a path, or a whole http URI (RFC 9112, 3.2)")
    if method == "OPTIONS" and path is query is None:
        return (), ""  # the same, as a proxy is told it
    try:
        segments = [unquote(part, errors="strict") for part in (path or "/")[1:].split("/")]
    except UnicodeDecodeError:
        raise Refusal(400, "the percent-escapes of a path are UTF-8 here") from None
    return tuple(segments), query or ""


def check_host(headers: Mapping[str, str], version: str) -> None:
    """Exactly one valid Host, which HTTP/1.0 alone may leave out (RFC 9112, 3.2)."""
    host = headers.get("host")
    if host is None and version == "1.1":
        raise Refusal(400, "HTTP/1.1 asks for a Host field (RFC 9112, 3.2)")
    if host and not is_authority(host):
        raise Refusal(400, "Host is a name or an address, perhaps with a port (RFC 9110, 7.2)")


def is_authority(text: str) -> bool:
    """Whether this is host [ ":" port ] (RFC 3986, 3.2.2)."""
    match = AUTHORITY.fullmatch(text)
    if not match or int(match[2] or 0) > 65535:
        return False
    if not match[1].startswith("[") or match[1][1] in "vV":
        return True  # a name, or an address of the future
    try:
        return bool(ipaddress.IPv6Address(match[1][1:-1]))
    except ValueError:
        return False
