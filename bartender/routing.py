from django.urls import path

from bartender.consumers import BarConsumer
from bartender.display.consumer import DisplayConsumer

websocket_urlpatterns = [
    path("ws/voice/", BarConsumer.as_asgi()),
    path("ws/bar/", DisplayConsumer.as_asgi()),
]
