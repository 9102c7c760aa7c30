"""The gRPC binding, generated from proto/: it carries messages, and defines none (spec/exchange.md#binding)."""
