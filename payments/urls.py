from django.urls import path

from payments import views
from payments.webhooks.views import stripe

app_name = "payments"
urlpatterns = [
    path("payments/waiting/<str:code>/", views.waiting, name="waiting"),
    path("payments/stripe/webhook/", stripe, name="stripe_webhook"),
    path("payments/till/<str:code>/", views.till, name="till"),
]
