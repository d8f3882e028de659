"""Tests of cms.delivery."""
