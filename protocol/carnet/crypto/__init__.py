"""The only package that imports cryptographic primitives; everything else asks here."""
