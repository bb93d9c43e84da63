"""Which consumer answers which path of the live stream."""

from django.urls import URLPattern

websocket_urlpatterns: list[URLPattern] = []
