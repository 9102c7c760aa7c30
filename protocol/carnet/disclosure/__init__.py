"""What a VASP shows of one transfer to whom the law lets ask (spec/disclosure.md)."""
