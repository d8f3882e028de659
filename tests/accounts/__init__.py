"""Tests of cms.accounts."""
