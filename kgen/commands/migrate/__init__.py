"""`kgen migrate`: a device list written for one tree made right for another."""
