from django.urls import path

from bartender.realtime.consumer import GuestConsumer
from bartender.web.display.consumer import DisplayConsumer

websocket_urlpatterns = [
    path("ws/voice/", GuestConsumer.as_asgi()),
    path("ws/bar/", DisplayConsumer.as_asgi()),
]
