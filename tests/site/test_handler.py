"""Django in one hop answers every kind of view."""

import asyncio
import threading

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from maya_site.edge.handler import SingleThreadHandler
from maya_site.edge.request_threads import RequestThreadPool
from tests.site.asgi_client import send_request

HOST = {"host": "localhost"}


def plain(request):
    return HttpResponse(threading.current_thread().name)


async def patient(request):
    await asyncio.sleep(0)
    return HttpResponse(threading.current_thread().name)


async def stream(request):
    async def pieces():
        for piece in "abc":
            await asyncio.sleep(0)
            yield piece

    return StreamingHttpResponse(pieces())


async def broken(request):
    raise ValueError("spilled")


urlpatterns = [path(f"{view.__name__}/", view) for view in (plain, patient, stream, broken)]
urlpatterns += [path("body/", csrf_exempt(lambda request: HttpResponse(request.body)))]


@pytest.fixture
def app(settings):
    settings.ROOT_URLCONF = __name__
    return RequestThreadPool(SingleThreadHandler())


async def test_a_synchronous_view_runs_in_the_threads_of_the_house(app):
    assert (await send_request(app, "/plain/", headers=HOST)).body.startswith(b"maya-http")


async def test_an_asynchronous_view_runs_on_the_event_loop(app):
    assert (await send_request(app, "/patient/", headers=HOST)).body == b"MainThread"


async def test_a_stream_comes_in_pieces_and_whole(app):
    assert (await send_request(app, "/stream/", headers=HOST)).body == b"abc"


async def test_a_body_is_read_in_the_view(app):
    assert (await send_request(app, "/body/", "POST", HOST, body=[b"two ", b"rums"])).body == b"two rums"


async def test_a_bug_in_an_asynchronous_view_is_a_500(app):
    assert (await send_request(app, "/broken/", headers=HOST)).status == 500


async def test_twenty_at_once_each_get_their_own_answer(app):
    answers = await asyncio.gather(*(send_request(app, "/plain/", headers=HOST) for _ in range(20)))

    assert {answer.status for answer in answers} == {200}
