"""Names of people, hashed on reading: no table, file or message of hvm holds the published ones.

Published names may be ids of workers, which others can look up. A bare hash does not hide them: all
ids that somebody knows can be hashed and compared. So names are hashed with a key, which is made
of the contents of all files that were read: who has the files has the ids anyway, and who has only
hvm's tables cannot tell whether an id is among them. The same files give the same names, on every
machine; one file more or less gives other ones to everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

NAME_BYTES = 6
"""Of a hashed name: two of a thousand people are alike once in 560 million tables."""

_PURPOSE = b"hvm: names of people"


def key_of(contents: Iterable[bytes]) -> bytes:
    """The key of the names in files, from all that the files hold, in any order.

    It cannot be had from a hash of the files that was published, as it has a purpose of its own.
    """
    digests = sorted(hashlib.sha256(content).digest() for content in contents)
    return hashlib.blake2b(b"".join(digests), key=_PURPOSE, digest_size=32).digest()


def hashed_name(name: str, key: bytes) -> str:
    """A name that tells nothing of the published one.

    Examples
    --------
    >>> key = key_of([b"a table"])
    >>> hashed_name("worker 1", key) == hashed_name("worker 1", key), len(hashed_name("x", key))
    (True, 13)
    """
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=NAME_BYTES)
    return f"p{digest.hexdigest()}"
