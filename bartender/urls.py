from django.urls import path

from bartender import deeds, remembered, views

app_name = "bartender"
urlpatterns = [
    path("", views.bar, name="bar"),
    path("tab/", views.bill, name="bill"),
    path("tab/<str:code>/receipt/", views.receipt, name="receipt"),
    path("memory/<int:number>/", views.passage, name="passage"),
    path("me/", remembered.me, name="me"),
    path("me/export/", remembered.export, name="me_export"),
    path("me/remember/", remembered.remember, name="me_remember"),
    path("me/change/", remembered.change, name="me_change"),
    path("me/forget/", remembered.forget, name="me_forget"),
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
