"""The REST interface of accreditation: the standards, published decisions, and surveys by the same walls as the pages."""
