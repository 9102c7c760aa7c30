"""Every decoder as a function of bytes, fed by a fuzzer (`make fuzz`) and by the tests."""
