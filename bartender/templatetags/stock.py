"""Template filter for amounts of ingredients."""

from django import template

from bartender.services.stock import format_stock

register = template.Library()
register.filter("stock_amount", format_stock)
