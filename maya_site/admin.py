"""Takes second factors out of the admin: their owners set them up, and a command removes them."""

from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

for model in (TOTPDevice, StaticDevice):
    admin.site.unregister(model)
