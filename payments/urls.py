from django.urls import path
from django.views.generic import RedirectView

app_name = "payments"
urlpatterns = [
    path("payments/till/<str:code>/", RedirectView.as_view(url="/"), name="till"),
]
