"""Tests of cms.disclaimers."""
