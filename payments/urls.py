from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("payments/waiting/<str:code>/", views.waiting, name="waiting"),
    path("payments/till/<str:code>/", views.till, name="till"),
]
