from django.urls import path

from bartender import deeds, views

app_name = "bartender"
urlpatterns = [
    path("", views.bar, name="bar"),
    path("tab/", views.bill, name="bill"),
    path("tab/<str:code>/receipt/", views.receipt, name="receipt"),
    path("say/", deeds.say, name="say"),
    path("order/<slug:slug>/", deeds.order, name="order"),
    path("tip/", deeds.tip, name="tip"),
    path("undo/", deeds.undo, name="undo"),
    path("line/<int:number>/remove/", deeds.remove, name="remove"),
    path("send/", deeds.send, name="send"),
    path("pay/", deeds.pay, name="pay"),
    path("pay/not-yet/", deeds.not_yet, name="not_yet"),
    path("start/", deeds.start, name="start"),
]
