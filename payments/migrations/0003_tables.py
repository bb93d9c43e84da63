from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_append_only_triggers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='journal',
            name='kind',
            field=models.CharField(choices=[('charge', 'charge'), ('void', 'void'), ('comp', 'comp'), ('tip', 'tip'), ('freeze', 'freeze'), ('reopen', 'reopen'), ('payment', 'payment'), ('refund', 'refund'), ('dispute', 'dispute'), ('tip_for', 'tip handed over'), ('close', 'close tab'), ('move_out', 'moved to another tab'), ('move_in', 'moved from another tab')], max_length=8),
        ),
    ]
