import time

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@csrf_exempt
def read(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.read())))


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(1)
    return HttpResponse("done")


urlpatterns = [path("bare/", bare), path("read/", read), path("slow/", slow)]
