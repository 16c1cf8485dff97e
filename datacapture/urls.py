app_name = "datacapture"
urlpatterns = []
