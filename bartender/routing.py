from django.urls import path

from bartender.consumers import BarConsumer

websocket_urlpatterns = [path("ws/voice/", BarConsumer.as_asgi())]
