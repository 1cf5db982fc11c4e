"""The rooms of the API, one module per resource; `adapters.api.app` lists them."""
