from django.urls import path

from bartender import deeds, remembered, shared, views
from bartender.display import views as display
from bartender.keys import views as keys

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
    path("tab/split/", shared.split, name="split"),
    path("tab/split/qr.svg", shared.qr, name="qr"),
    path("tab/split/invite/", shared.invite, name="invite"),
    path("tab/split/end/", shared.end_invitation, name="end_invitation"),
    path("tab/split/together/", shared.put_together, name="put_together"),
    path("tab/split/pay/", shared.pay, name="pay_share"),
    path("tab/split/<slug:way>/", shared.divide, name="divide"),
    path("tab/<str:code>/shared/", shared.shared, name="shared"),
    path("join/<str:token>/", shared.invitation, name="join"),
    path("join/<str:token>/yes/", shared.join, name="join_yes"),
    path("tab/<str:code>/receipt/mail/", deeds.mail_receipt, name="mail_receipt"),
    path("say/", deeds.say, name="say"),
    path("order/<slug:slug>/", deeds.order, name="order"),
    path("tip/", deeds.tip, name="tip"),
    path("undo/", deeds.undo, name="undo"),
    path("line/<int:number>/remove/", deeds.remove, name="remove"),
    path("send/", deeds.send, name="send"),
    path("pay/", deeds.pay, name="pay"),
    path("pay/not-yet/", deeds.not_yet, name="not_yet"),
    path("keys/", keys.desk, name="keys"),
    path("keys/bring/", keys.bring, name="bring_keys"),
    path("keys/back/", keys.take_back, name="take_back_keys"),
    path("bar/", display.display, name="display"),
    path("bar/ticket/<int:number>/bump/", display.bump, name="bump"),
    path("bar/ticket/<int:number>/recall/", display.recall, name="recall"),
    path("bar/86/<int:number>/", display.availability, name="availability"),
    path("bar/talk/<str:code>/", display.talk, name="talk"),
    path("bar/talk/<str:code>/take/", display.take_over, name="take_over"),
    path("bar/talk/<str:code>/say/", display.answer, name="answer"),
    path("bar/talk/<str:code>/back/", display.hand_back, name="hand_back"),
    path("start/", deeds.start, name="start"),
]
