"""`kgen migrate`: update a device list from one tree to another."""
