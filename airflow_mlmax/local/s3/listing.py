"""One page of a bucket's keys, with common prefixes."""

from dataclasses import dataclass, field

from airflow_mlmax.local.s3.index import Index, ObjectInfo, successor

LARGEST = 1000
"""Keys and common prefixes of one page."""


@dataclass(frozen=True)
class Question:
    """What a page is asked for; `after` is the last key or common prefix that the client has."""

    bucket: str
    prefix: str = ""
    delimiter: str = ""
    after: str = ""
    limit: int = LARGEST

    def common_prefix(self, key: str) -> str | None:
        """The prefix that a key is listed as; None if it is listed as itself."""
        if not self.delimiter or not key.startswith(self.prefix):
            return None
        end = key.find(self.delimiter, len(self.prefix))
        return None if end < 0 else key[: end + len(self.delimiter)]

    def start(self) -> str | None:
        """The least key that may come next; None if none may."""
        if not self.after:
            return self.prefix
        return successor(self.after) if self.common_prefix(self.after) == self.after else self.after + "\0"


@dataclass
class Page:
    """Objects and common prefixes; `last` is what the next page begins after, None on the last page."""

    objects: list[ObjectInfo] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str | None = None

    def __len__(self) -> int:
        return len(self.objects) + len(self.prefixes)


def page_of(index: Index, question: Question) -> Page:
    """The next page. A common prefix counts as one, and everything below it is stepped over."""
    page = Page()
    start = question.start()
    limit = min(question.limit, LARGEST)
    last = ""
    while limit and start is not None:
        found = index.page(question.bucket, question.prefix, start, LARGEST)
        if not found:
            break
        for info in found:
            if len(page) == limit:
                page.last = last
                return page
            common = question.common_prefix(info.key)
            last = common or info.key
            if common:
                page.prefixes.append(common)
                start = successor(common)
                break
            page.objects.append(info)
            start = info.key + "\0"
    return page
