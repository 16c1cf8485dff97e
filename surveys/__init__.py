"""Patient-experience questionnaires: the library, campaigns, the patient's pages and the results."""
