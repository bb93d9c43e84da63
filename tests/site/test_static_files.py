"""A page's files come from memory, small, and as HTTP wants them."""

import brotli
import pytest

from maya_site.edge.static_files import HASHED_FILE_NAME, StaticFiles, StaticIndex, parse_range
from tests.site.asgi_client import body_size_app, send_request

CSS = b"body { colour: amber; } " * 200


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "bar.css").write_bytes(CSS)
    (tmp_path / "bar.css.br").write_bytes(brotli.compress(CSS))
    (tmp_path / "bar.css.gz").write_bytes(b"zipped")
    (tmp_path / "bar.0123456789ab.css").write_bytes(CSS)
    (tmp_path / "secret").symlink_to("/etc/hostname")
    return tmp_path


@pytest.fixture
def files(folder):
    return StaticFiles(body_size_app, StaticIndex(folder, "/static/", is_collected=True))


async def test_a_browser_gets_the_smallest_form_that_it_reads(files):
    answer = await send_request(files, "/static/bar.css", headers={"accept-encoding": "gzip, br"})

    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.body == b"zipped"


async def test_brotli_comes_to_those_who_refuse_gzip(files):
    answer = await send_request(files, "/static/bar.css", headers={"accept-encoding": "gzip;q=0, br;q=0.5"})

    assert answer.headers["content-encoding"] == "br"
    assert brotli.decompress(answer.body) == CSS


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.0, br;q=0", "zstd"])
async def test_who_reads_no_compression_gets_the_plain_file(files, accepted):
    answer = await send_request(files, "/static/bar.css", headers={"accept-encoding": accepted})

    assert "content-encoding" not in answer.headers
    assert answer.body == CSS


async def test_a_name_with_a_hash_is_kept_for_ever_and_a_plain_one_for_a_minute(files):
    hashed = await send_request(files, "/static/bar.0123456789ab.css")
    plain = await send_request(files, "/static/bar.css")

    assert "immutable" in hashed.headers["cache-control"]
    assert plain.headers["cache-control"] == "max-age=60, public"


@pytest.mark.parametrize("tags", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_a_browser_has_is_not_sent_again(files, tags):
    first = await send_request(files, "/static/bar.css")

    again = await send_request(
        files, "/static/bar.css", headers={"if-none-match": tags.format(first.headers["etag"])}
    )

    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_browser_that_has_another_one_gets_this_one(files):
    assert (await send_request(files, "/static/bar.css", headers={"if-none-match": '"other"'})).status == 200


async def test_a_date_counts_where_there_is_no_tag(files):
    first = await send_request(files, "/static/bar.css")
    since = {"if-modified-since": first.headers["last-modified"]}

    assert (await send_request(files, "/static/bar.css", headers=since)).status == 304


async def test_a_part_is_a_part_of_the_plain_file(files):
    asked = {"range": "bytes=0-0", "accept-encoding": "gzip"}

    answer = await send_request(files, "/static/bar.css", headers=asked)

    assert (answer.status, answer.body) == (206, b"b")
    assert answer.headers["content-range"] == f"bytes 0-0/{len(CSS)}"


async def test_a_part_of_another_version_is_the_whole_of_this_one(files):
    answer = await send_request(
        files, "/static/bar.css", headers={"range": "bytes=0-0", "if-range": '"other"'}
    )

    assert (answer.status, answer.body) == (200, CSS)


async def test_a_part_that_lies_outside_is_refused_with_the_size(files):
    answer = await send_request(files, "/static/bar.css", headers={"range": "bytes=999999-"})

    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{len(CSS)}"


@pytest.mark.parametrize(
    "asked, wanted",
    [
        ("bytes=0-9", range(10)),
        ("bytes=90-", range(90, 100)),
        ("bytes=-5", range(95, 100)),
        ("bytes=-500", range(100)),
        ("bytes=50-5000", range(50, 100)),
        ("bytes=100-", range(0)),
        ("bytes=-0", range(0)),
        ("", None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("lines=1-2", None),
        ("bytes=9999999999999999999-", None),
    ],
)
def test_what_a_range_asks_for_of_a_hundred_bytes(asked, wanted):
    found = parse_range(asked, 100)

    assert found == wanted if wanted is None else list(found or []) == list(wanted)


async def test_head_says_the_size_and_sends_nothing(files):
    answer = await send_request(files, "/static/bar.css", method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(CSS))


async def test_nobody_writes_here(files):
    assert (await send_request(files, "/static/bar.css", method="POST")).status == 405


@pytest.mark.parametrize("path", ["/static/none.css", "/static/", "/bar.css", "/static/../bar.css"])
async def test_what_is_not_on_the_shelf_goes_on_to_django(files, path):
    assert (await send_request(files, path)).body == b"0"


@pytest.mark.parametrize("is_collected", [True, False])
async def test_an_icon_that_a_browser_asks_for_on_its_own_is_there(folder, is_collected):
    (folder / "img").mkdir()
    (folder / "img" / "favicon.ico").write_bytes(b"an icon")
    files = StaticFiles(body_size_app, StaticIndex(folder, "/static/", is_collected=is_collected))
    answer = await send_request(files, "/favicon.ico")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/x-icon")
    assert (answer.body == b"an icon") is is_collected  # else the bar's own, as it is in static/img


async def test_a_body_is_read_once_and_kept_while_there_is_room(folder):
    shelf = StaticIndex(folder, "/static/", is_collected=True, max_cached_bytes=len(CSS))
    files = StaticFiles(body_size_app, shelf)

    await send_request(files, "/static/bar.css")
    await send_request(files, "/static/bar.0123456789ab.css")
    (folder / "bar.css").unlink()

    assert (await send_request(files, "/static/bar.css")).body == CSS
    assert (await send_request(files, "/static/bar.0123456789ab.css")).body == CSS
    assert sum(map(len, shelf.cached_bodies.values())) <= len(CSS)


class TestBeforeCollecting:
    @pytest.fixture
    def files(self, tmp_path):
        return StaticFiles(body_size_app, StaticIndex(tmp_path / "none", "/static/", is_collected=False))

    async def test_the_source_is_served_as_it_is_now(self, files):
        answer = await send_request(files, "/static/admin/css/base.css")

        assert answer.status == 200
        assert answer.headers["cache-control"] == "max-age=0, public"

    @pytest.mark.parametrize(
        "path", ["../settings.py", "/etc/passwd", "..%2fsettings.py", "\0", "admin/css", "", "admin/../../x"]
    )
    async def test_nothing_outside_the_folders_is_found(self, files, path):
        assert (await send_request(files, f"/static/{path}")).body == b"0"


@pytest.mark.parametrize(
    "name, hashed", [("/a.0123456789ab.css", True), ("/a.css", False), ("/0123456789ab", False)]
)
def test_which_names_carry_a_hash(name, hashed):
    assert bool(HASHED_FILE_NAME.search(name)) == hashed
