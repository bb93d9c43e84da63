from django.urls import path

from payments import views
from payments.webhooks.views import provider_webhook

app_name = "payments"
urlpatterns = [
    path("payments/waiting/<str:code>/", views.waiting, name="waiting"),
    path("payments/<str:provider>/webhook/", provider_webhook, name="webhook"),
    path("payments/till/<str:code>/", views.simulated_checkout, name="till"),
]
