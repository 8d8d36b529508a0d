"""A view as a store of its own: what query text is asked of, and what exports and copies of an earlier state are made from."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kg.stores.base import Progress, Store
from kg.views import View

if TYPE_CHECKING:
    from kg.stores.engines import Stamp
    from kg.stores.local import LocalStore


class Snapshot:
    """An embedded store with the facts that a view means of another, in a folder that goes when this is forgotten."""

    def __init__(self, store: Store, view: View, progress: Progress | None = None) -> None:
        from kg.stores.local import LocalStore

        if progress:
            progress(f"reading the view of {store}", 0, 0)
        folder = tempfile.mkdtemp(prefix="kg-view-")
        self._gone = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._stamp = _stamp(store)
        self.store: LocalStore = LocalStore(Path(folder) / "view.kg")
        self.store.take_view(store, view)

    def shows(self, store: Store) -> bool:
        """Whether the store is still as it was; of one in a server nobody knows."""
        return self._stamp is not None and self._stamp == _stamp(store)

    def close(self) -> None:
        """Remove its files."""
        self.store.close()
        self._gone()


@contextmanager
def taken(store: Store, view: View, progress: Progress | None = None) -> Iterator[Store]:
    """A `Snapshot`'s store for as long as the body runs; of a view that is whole the store itself."""
    if view.whole:
        yield store
        return
    snapshot = Snapshot(store, view, progress)
    try:
        yield snapshot.store
    finally:
        snapshot.close()


def _stamp(store: Store) -> Stamp | None:
    from kg.stores.local import LocalStore

    return store.record.stamp() if isinstance(store, LocalStore) else None
