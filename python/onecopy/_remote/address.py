"""Addresses: what store they are in, and their path there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from onecopy._remote import is_address
from onecopy._remote.failures import MOST_RETRIES, shown
from onecopy._remote.stores import ObjectStore, Store
from onecopy._remote.systems import ArrowStore, FsspecStore

SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "http", "https")
_PREFIXES = ("aws_", "google_", "azure_")
# What concerns the connection, and not the store.
_CLIENT = {
    "allow_http",
    "allow_invalid_certificates",
    "connect_timeout",
    "default_content_type",
    "default_headers",
    "http1_only",
    "http2_keep_alive_interval",
    "http2_keep_alive_timeout",
    "http2_keep_alive_while_idle",
    "http2_max_frame_size",
    "http2_only",
    "pool_idle_timeout",
    "pool_max_idle_per_host",
    "proxy_ca_certificate",
    "proxy_excludes",
    "proxy_url",
    "randomize_addresses",
    "read_timeout",
    "root_certificate",
    "timeout",
    "user_agent",
}
# What is no option of a store by itself.
_OWN = {"client_options", "retry_config", "credential_provider", "max_retries"}
_TIMEOUTS = {"connect_timeout": "5s", "read_timeout": "10s"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A path in a store; it may have wildcards."""

    store: Store
    path: str

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.store.name(self.path)


class Places:
    """Where addresses lead to, given the options for it."""

    def __init__(self, storage_options: Mapping[str, Any] | None, filesystem: object) -> None:
        self._options = dict(storage_options or {})
        self._system = None if filesystem is None else _system(filesystem)
        self._stores: dict[str, ObjectStore] = {}

    def spot(self, text: str, option: str) -> Spot:
        """Find the store of an address, and its path there."""
        if self._system is not None:
            return Spot(self._system, _stripped(text))
        # A `Path` has merged the slashes.
        scheme, _, rest = text.partition(":")
        scheme = scheme.lower()
        if scheme not in SCHEMES:
            raise ValueError(
                f"{option}: expected a path, or an address that begins with s3://, gs://, az://, "
                f"abfss://, http:// or https://, found {shown(text)!r}; hand its file system over "
                "with filesystem="
            )
        rest = rest.lstrip("/")
        if scheme.startswith("http"):
            return self._http(f"{scheme}://{rest}")
        place, _, path = rest.partition("/")
        if not place:
            raise ValueError(f"{option}: expected a bucket behind {scheme}://, found {text!r}")
        root = f"{scheme}://{place}"
        if root not in self._stores:
            known = {"s3a": "s3", "gcs": "gs"}
            url = f"{known.get(scheme, scheme)}://{place}"
            self._stores[root] = ObjectStore(
                _made("from_url", url, self._options),
                lambda path: f"{root}/{path}",
                most_retries=_most_retries(self._options),
            )
        return Spot(self._stores[root], path)

    def _http(self, text: str) -> Spot:
        url = urlsplit(text)
        # What follows a question mark is part of each request, such as a signature.
        root = f"{url.scheme}://{url.netloc}"
        query = f"/?{url.query}" if url.query else ""
        if root + query not in self._stores:
            options = self._options | ({"allow_http": True} if url.scheme == "http" else {})
            self._stores[root + query] = ObjectStore(
                _made("HTTPStore.from_url", root + query, options),
                lambda path: f"{shown(root)}/{quote(path)}",
                can_list=False,
                most_retries=_most_retries(self._options),
            )
        return Spot(self._stores[root + query], unquote(url.path).lstrip("/"))


def _package() -> Any:  # noqa: ANN401 (it may be missing)
    try:
        import obstore.store  # noqa: PLC0415 (only for remote sources)
    except ImportError as error:
        what = "addresses need the package obstore: pip install 'onecopy[cloud]'"
        raise ModuleNotFoundError(what, name="obstore") from error
    return obstore.store


def _made(maker: str, url: str, options: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Make a store of obstore from options as Polars and delta-rs name them."""
    make = _package()
    for name in maker.split("."):
        make = getattr(make, name)
    config = {key: value for key, value in options.items() if _kind(key) is None}
    client = {kind: value for key, value in options.items() if (kind := _kind(key))}
    client |= options.get("client_options", {})
    retry = options.get("retry_config") or {
        # Repeated here, where it is counted.
        "max_retries": 0,
        "retry_timeout": timedelta(minutes=3),
    }
    given: dict[str, Any] = {"client_options": _TIMEOUTS | client, "retry_config": retry}
    if maker == "from_url":
        given["config"] = config
        if provider := options.get("credential_provider"):
            given["credential_provider"] = provider
    elif config:
        raise ValueError(f"storage_options: an HTTP server has no {min(config)!r}")
    try:
        return make(url, **given)
    except Exception as error:
        if type(error).__module__.startswith("obstore"):
            what = str(error).split("\n", 1)[0]
            raise ValueError(f"storage_options: {what}") from error
        raise


def _kind(key: str) -> str | None:
    """Return what an option of the connection is called; an empty text for what is ours."""
    plain = key.lower()
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    if key in _OWN:
        return ""
    return plain if plain in _CLIENT else None


def _most_retries(options: Mapping[str, Any]) -> int:
    return int(options.get("max_retries", MOST_RETRIES))


def _system(system: object) -> Store:
    """Take over a store of obstore, or a file system of fsspec or pyarrow."""
    if hasattr(system, "get_async") and hasattr(system, "list_with_delimiter_async"):
        return ObjectStore(system)
    if hasattr(system, "cat_file") and hasattr(system, "invalidate_cache"):
        return FsspecStore(system)
    if hasattr(system, "open_input_file") and hasattr(system, "get_file_info"):
        return ArrowStore(system)
    raise TypeError(
        "filesystem: expected a store of obstore, or a file system of fsspec or pyarrow, found "
        f"{type(system).__module__}.{type(system).__name__}"
    )


def _stripped(text: str) -> str:
    """Return a path of a file system, which names no scheme."""
    return text.split("://", 1)[1] if is_address(text) else text
