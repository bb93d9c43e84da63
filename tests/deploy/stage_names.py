"""Shared by the stage and its guests, who must not import the server."""

ORIGIN = "http://stage.example"
